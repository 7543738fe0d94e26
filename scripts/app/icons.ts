/**
 * Draws the PNG icons of the app from app/public/icon.svg, with the browser named by CHROMIUM (default /usr/bin/chromium).
 * Run by hand when the drawing changes: `npx tsx scripts/app/icons.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ROOT } from '../up/paths.ts';

const PUBLIC = join(ROOT, 'app', 'public');
const svg = readFileSync(join(PUBLIC, 'icon.svg'), 'utf8');
/** Launchers cut their own shape: the colour reaches the edges (W3C Manifest, maskable icons). */
const square = svg.replace(' rx="112"', '');
/** Android draws the shape of a badge alone, in a colour of its own. */
const outline = svg.replace(/<rect[^>]*>/, '');

const ICONS = [
  { file: 'icon-192.png', size: 192, drawing: svg },
  { file: 'icon-512.png', size: 512, drawing: svg },
  { file: 'icon-maskable-512.png', size: 512, drawing: square },
  { file: 'apple-touch-icon.png', size: 180, drawing: square },
  { file: 'badge.png', size: 96, drawing: outline },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
for (const { file, size, drawing } of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${drawing}`);
  writeFileSync(join(PUBLIC, file), await page.screenshot({ omitBackground: true }));
}
await browser.close();
