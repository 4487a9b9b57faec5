// Loads a package and prints its version. The argument is its name.
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const name = process.argv[2];
require(name);
// Not every package lets its package.json be required.
const files = require.resolve.paths(name).map((folder) => join(folder, name, "package.json"));
const { version } = JSON.parse(readFileSync(files.find(existsSync), "utf8"));
console.log(JSON.stringify({ name, version }));
