/** Loaded before anything else, so it keeps to what old versions of Node can read. */
const [major] = process.versions.node.split('.');
if (Number(major) < 20) {
  console.error(`Consentry needs Node 20 or newer; this is ${process.version}.`);
  process.exit(1);
}
