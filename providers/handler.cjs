module.exports = require("../dist/providers/handler.js");
