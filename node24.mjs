// Loaded before everything else, in the plainest JavaScript: an older Node cannot even read the TypeScript behind it.
// npm scripts find the Node that comes as a dependency; where none comes (macOS, musl), the machine's own must do.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `Sheepdog needs Node 24 and this is ${process.versions.node}. On Linux and Windows npm scripts bring their own (npm ci, then npm start); elsewhere install Node 24.`,
  );
  process.exit(78);
}
