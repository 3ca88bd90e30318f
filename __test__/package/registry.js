// A registry that has the packages, and no others.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

const npm = fileURLToPath(new URL("../../npm", import.meta.url));

/**
 * @param {{ main: string, binaries: Record<string, string> }} packed The tarballs.
 * @param {{ name: string, version: string }} manifest Of the main package, as it was packed.
 */
export async function registryWith({ main, binaries }, manifest) {
  const { name, version } = manifest;
  /** @type {Record<string, { tarball: string | undefined, manifest: object }>} */
  const packages = { [name]: { tarball: main, manifest } };
  for (const platform of readdirSync(npm)) {
    const own = JSON.parse(readFileSync(path.join(npm, platform, "package.json"), "utf8"));
    packages[own.name] = { tarball: binaries[platform], manifest: own };
  }

  const server = createServer((request, response) => {
    const wanted = decodeURIComponent(request.url ?? "").slice(1);
    const served = Object.values(packages).find(({ tarball }) => `${tarball}` === `/${wanted}`);
    if (served?.tarball !== undefined) return void response.end(readFileSync(served.tarball));
    const found = packages[wanted];
    if (found === undefined) return void response.writeHead(404).end("{}");
    // Of the other platforms there are no tarballs: whoever asks for one fails.
    const { tarball = "/absent.tgz" } = found;
    const content = found.tarball === undefined ? "" : readFileSync(tarball);
    const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    const dist = { tarball: `${url}${tarball}`, integrity };
    const latest = { ...found.manifest, name: wanted, version, dist };
    const versions = { [version]: latest };
    response.end(JSON.stringify({ name: wanted, "dist-tags": { latest: version }, versions }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  return { url, close: () => server.close() };
}
