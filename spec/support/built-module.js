const { partOf } = require('../../scripts/parts');

/** A module of `lib/` as it was built, by its name: for programs that run in a process of their own. */
exports.builtModule = (name) => require(`../../dist/parts/${partOf(name)}`)[name];
