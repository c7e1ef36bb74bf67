// The layers of the house, as a rule each. `npm run layers` checks them; test/layers.test.ts shows that each one bites.
const NOT_TESTS = "\\.(test|fixture)\\.ts$";
// What an .xlsx is, apart from any plan.
const XLSX = "xlsx/|zip\\.ts$|workbook-problem\\.ts$";
const VENDOR = "^providers/(?!kernel/)([^/]+)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "only-the-lab-commands-know-the-lab",
      comment: "cli → lab in cli/lab.ts, its page and cli/demo.ts alone; nothing else but tests imports the lab.",
      severity: "error",
      from: { pathNot: ["^lab/", "^cli/(lab|lab-page|demo)\\.ts$", "^test/", "^bench/", NOT_TESTS] },
      to: { path: "^lab/" },
    },
    {
      name: "cli-to-the-vendors-clients-only",
      comment: "A command talks to a vendor through its client. cli/docs.ts prints the schemas of all kinds.",
      severity: "error",
      from: { path: "^cli/", pathNot: ["^cli/docs\\.ts$", NOT_TESTS] },
      to: { path: VENDOR, pathNot: "^providers/[^/]+/client[^/]*\\.ts$" },
    },
    {
      name: "cli-is-the-top",
      comment: "Nothing imports a command.",
      severity: "error",
      from: { pathNot: ["^cli/", "^test/", "^bench/", NOT_TESTS] },
      to: { path: "^cli/" },
    },
    {
      name: "components-know-neither-reports-nor-index",
      comment: "components → providers, plan.",
      severity: "error",
      from: { path: "^components/", pathNot: NOT_TESTS },
      to: { path: "^(report/|index\\.ts$)" },
    },
    {
      name: "plan-and-report-import-no-provider",
      comment: "A plan can be read and a report be written without the engine or a vendor.",
      severity: "error",
      from: { path: "^(plan|report)/", pathNot: NOT_TESTS },
      to: { path: "^(providers|components)/|^index\\.ts$" },
    },
    {
      name: "lab-imports-no-provider",
      comment: "A bug shared between the lab and a provider would hide from every test.",
      severity: "error",
      from: { path: "^lab/", pathNot: NOT_TESTS },
      to: { path: "^(providers|components|report)/|^index\\.ts$" },
    },
    {
      name: "the-lab-knows-its-systems-by-its-list",
      comment:
        "What all systems of the lab share reads them from lab/systems.ts, so that another one is a folder and a line there.",
      severity: "error",
      from: { path: "^lab/[^/]+\\.ts$", pathNot: ["^lab/systems\\.ts$", NOT_TESTS] },
      to: { path: "^lab/(?!shell/|stage/)[^/]+/" },
    },
    {
      name: "vendors-do-not-know-each-other",
      severity: "error",
      comment: "What two vendors share belongs into the kernel.",
      from: { path: VENDOR, pathNot: NOT_TESTS },
      to: { path: VENDOR, pathNot: "^providers/$1/" },
    },
    {
      name: "providers-stand-alone",
      comment:
        "A provider gets inputs, not a plan; the provider process never loads the workbook reader. Patching cells knows no plan.",
      severity: "error",
      from: { path: "^providers/", pathNot: NOT_TESTS },
      to: {
        path: "^(plan|components|report)/|^index\\.ts$|(^|/)node_modules/exceljs/",
        pathNot: `^plan/(${XLSX})`,
      },
    },
    {
      name: "patching-knows-no-plan",
      comment: "The provider process patches cells: nothing of the workbook reader comes along.",
      severity: "error",
      from: { path: `^plan/(${XLSX})`, pathNot: NOT_TESTS },
      to: {
        path: "^(plan|components|report|cli)/|^index\\.ts$|(^|/)node_modules/exceljs/",
        pathNot: `^plan/(${XLSX})`,
      },
    },
    {
      name: "the-base-stands-alone",
      comment: "What a terminal, a shell and a disk ask of everybody; all others may use it, the lab too.",
      severity: "error",
      from: { path: "^base/", pathNot: NOT_TESTS },
      to: { path: "^(providers|plan|components|report|lab|cli)/|^index\\.ts$" },
    },
    {
      name: "kernel-stands-alone",
      comment: "The kernel knows no vendor.",
      severity: "error",
      from: { path: "^providers/kernel/", pathNot: NOT_TESTS },
      to: { path: "^(providers|plan|components|report)/|^index\\.ts$", pathNot: "^providers/kernel/" },
    },
    {
      name: "no-cycle",
      comment: "Two files that need each other are one, or lack a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "product-imports-no-test",
      comment: "Tests are not compiled into dist/.",
      severity: "error",
      from: { pathNot: ["^test/", "^bench/", NOT_TESTS] },
      to: { path: ["^test/", "^bench/", NOT_TESTS] },
    },
    {
      name: "no-missing-module",
      comment: "An import that cannot be resolved would escape every rule above.",
      severity: "error",
      from: {},
      // handler.cjs loads the compiled handler, which a fresh clone does not have yet.
      to: { couldNotResolve: true, pathNot: "dist/providers/handler" },
    },
    {
      name: "product-needs-no-development-package",
      comment: "What the program imports stands under dependencies in package.json.",
      severity: "error",
      from: { pathNot: ["^test/", "^bench/", NOT_TESTS] },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"], pathNot: "(^|/)node_modules/@types/" },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^toolchain/"] },
    exclude: { path: ["^dist/", "^\\.pulumi/"] },
    tsPreCompilationDeps: true,
    combinedDependencies: true, // the workspace providers/ uses the packages of the project
    enhancedResolveOptions: {
      extensions: [".ts", ".mts", ".js", ".mjs", ".cjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["require", "node", "import", "default"],
    },
  },
};
