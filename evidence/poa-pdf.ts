/** The pack's document for people: zh-TW, then English; tagged for screen readers (PDF/UA, ISO 14289-1). */
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import type { Evidence } from '../db/evidence.ts';
import { type PackContext, type PoaFacts, poaFacts, type Section } from './poa-facts.ts';
import { LANGUAGES, type Language } from './verify/words.ts';

const FONT = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/noto-sans-tc/400Regular/NotoSansTC_400Regular.ttf',
);

/** Points. */
const MARGIN = 44;
const LABEL_WIDTH = 130;
const SIZE = { title: 16, heading: 11, text: 8.5 } as const;
const INK = '#1a1a1a';
const QUIET = '#555555';

type Pdf = InstanceType<typeof PDFDocument>;
/** A node of the structure tree that content is put under. */
type Structure = ReturnType<Pdf['struct']>;

export async function poaPdf(evidence: Evidence, context: PackContext): Promise<Buffer> {
  const facts = LANGUAGES.map((language) => ({ language, ...poaFacts(evidence, context, language) }));
  const title = facts.map((part) => part.title).join(' / ');
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    pdfVersion: '1.7',
    tagged: true,
    // Newer than its types.
    subset: 'PDF/UA' as 'PDF/A-1',
    lang: 'zh-TW',
    displayTitle: true,
    font: FONT,
    info: { Title: title, Author: 'Consentry', CreationDate: context.issuedAt, ModDate: context.issuedAt },
  });
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', resolve).on('error', reject);
  });
  const document = pdf.struct('Document');
  pdf.addStructure(document);
  for (const [i, part] of facts.entries()) {
    if (i > 0) pdf.addPage();
    writePart(pdf, document, part.language, part);
  }
  document.end();
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

function writePart(pdf: Pdf, document: Structure, language: Language, facts: PoaFacts): void {
  const part = pdf.struct('Sect', { lang: language });
  document.add(part);
  const add = (type: string, write: () => void) => part.add(pdf.struct(type, { lang: language }, write));
  add('H1', () => pdf.fontSize(SIZE.title).fillColor(INK).text(facts.title, MARGIN));
  add('P', () => pdf.fontSize(SIZE.text).fillColor(QUIET).text(facts.subtitle).moveDown(0.6));
  add('P', () => pdf.fontSize(SIZE.heading).fillColor(INK).text(facts.statement).moveDown(0.3));
  for (const section of facts.sections.filter(({ rows }) => rows.length > 0)) writeSection(pdf, add, section);
  add('H2', () => heading(pdf, facts.check.heading));
  for (const paragraph of facts.check.paragraphs)
    add('P', () => pdf.fontSize(SIZE.text).fillColor(INK).text(paragraph, MARGIN).moveDown(0.3));
  add('P', () => pdf.fillColor(QUIET).text(facts.glyphs));
  part.end();
}

const heading = (pdf: Pdf, text: string) =>
  pdf.moveDown(0.3).fontSize(SIZE.heading).fillColor(INK).text(text, MARGIN).moveDown(0.1);

/** Label and values beside each other; a screen reader hears them as one paragraph. */
function writeSection(
  pdf: Pdf,
  add: (type: string, write: () => void) => void,
  { heading: title, rows }: Section,
): void {
  add('H2', () => heading(pdf, title));
  const valueWidth = pdf.page.width - 2 * MARGIN - LABEL_WIDTH;
  for (const { label, values } of rows) {
    add('P', () => {
      pdf.fontSize(SIZE.text);
      // Both begin on the same page.
      if (pdf.y + 2 * pdf.currentLineHeight() > pdf.page.height - MARGIN) pdf.addPage();
      const top = pdf.y;
      pdf.fillColor(QUIET).text(label, MARGIN, top, { width: LABEL_WIDTH - 10 });
      const below = pdf.y;
      pdf.fillColor(INK).text(values.join('\n'), MARGIN + LABEL_WIDTH, top, { width: valueWidth });
      pdf.x = MARGIN;
      pdf.y = Math.max(pdf.y, pdf.y >= top ? below : 0);
    });
  }
}
