/** One style for all pages of the sandbox. */
import { Html } from './html.ts';

export const STYLE = new Html(`
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, "Noto Sans TC", "Noto Sans CJK TC", sans-serif;
  --line: color-mix(in srgb, currentColor 45%, transparent); --warn: light-dark(#92400e, #fbbf24);
  --link: light-dark(#1d4ed8, #93c5fd); --paper: light-dark(#fff, #16181d); --soft: light-dark(#f3f4f6, #22252c); }
* { box-sizing: border-box; }
body { background: var(--paper); color: light-dark(#16181d, #f3f4f6); margin: 0 auto; max-width: 44rem;
  overflow-wrap: anywhere; padding: 0 1rem 3rem; }
[lang=en] { font-size: .875em; font-weight: normal; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0 .5rem; }
h2 { font-size: 1.1875rem; margin: 2rem 0 .5rem; }
header { align-items: center; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding-top: .75rem; }
.ribbon { background: var(--warn); border-radius: .25rem; color: var(--paper); font-weight: bold; margin: 0;
  padding: .125rem .625rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1rem; }
ul { list-style: none; margin: 0; padding: 0; }
a { color: var(--link); display: inline-block; padding: .375rem 0; }
a.inline { display: inline; padding: 0; }
.notice { border: 2px solid var(--warn); border-radius: .5rem; margin: 1rem 0; padding: .75rem 1rem; }
.card, a.choice { background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0;
  padding: .625rem 1rem; }
a.choice { color: inherit; display: block; min-height: 2.75rem; text-decoration: none; }
a.choice:hover { text-decoration: underline; }
.card p, .choice span.more { margin: 0; }
.more { display: block; font-size: .9375rem; }
.good { border-inline-start: .375rem solid light-dark(#15803d, #4ade80); }
.bad { border-inline-start: .375rem solid light-dark(#b91c1c, #f87171); }
form p, fieldset { margin: .875rem 0; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; }
label { display: block; }
label.tick { align-items: baseline; display: flex; gap: .625rem; padding: .375rem 0; }
label.tick input { flex: none; height: 1.25rem; width: 1.25rem; }
input:not([type=checkbox], [type=radio]), select { background: var(--paper); border: 1px solid var(--line);
  border-radius: .375rem; color: inherit; font: inherit; max-width: 100%; min-height: 2.75rem; padding: .375rem .625rem;
  width: 24rem; }
button { background: var(--link); border: 0; border-radius: .375rem; color: var(--paper); font: inherit;
  font-weight: bold; min-height: 2.75rem; padding: .375rem 1.25rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.error { color: light-dark(#b91c1c, #fca5a5); display: block; }
`);
