// The same module for whoever requires it: one identity of every class.
module.exports = require("./index.js");
