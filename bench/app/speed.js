/**
 * Runs in a page: how much of two pieces of work it does a second, halved and in tens; Lighthouse calls it BenchmarkIndex
 * (core/lib/page-functions.js). One makes garbage, strings that grow letter by letter; the other copies an array.
 */
(() => {
  const FOR_MS = 500;
  const perSecond = (work) => {
    const start = Date.now();
    let times = 0;
    for (; Date.now() - start < FOR_MS; times++) work();
    return times / ((Date.now() - start) / 1000);
  };
  const makeGarbage = () => {
    let text = '';
    for (let letter = 0; letter < 10_000; letter++) text += 'a';
    if (text.length === 1) throw new Error('not left out by the compiler');
  };
  const from = Array.from({ length: 100_000 }, (_, at) => at);
  const to = [];
  const copy = () => {
    for (let at = 0; at < from.length; at++) to[at] = from[at];
  };
  return Math.round((perSecond(makeGarbage) / 10 + perSecond(copy) / 10) / 2);
})();
