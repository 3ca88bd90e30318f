// Refuses `npm pack` and `npm publish` in the checkout, which would make a package without its core. npm runs
// this before its script `pack`, too.
if (!process.env["npm_command"]?.startsWith("run")) {
  console.error(
    "The package is not packed from here: its JavaScript is made by `npm run pack`, which leaves the " +
      "tarballs in target/packages. `npm run pack -- --release` makes those that are published.",
  );
  process.exitCode = 1;
}
