// Makes the OCI image: Debian's C library, and rtcount as a user without rights. It has no shell and no package manager.

import { join } from "node:path";
import { writeTar } from "./archive.ts";
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import { StagedFolder } from "./staged_folder.ts";

/** The executable is linked to the first two. The third says which Debian it is, and has the texts of common licences. */
const DEBIAN_PACKAGES = ["libc6", "libgcc-s1", "base-files"] as const;
/** The number that images without a shell give to their user. */
const USER = 65_532;

const ACCOUNTS: Readonly<Record<string, string>> = {
  "etc/passwd": `root:x:0:0:root:/root:/sbin/nologin\nrtcount:x:${USER}:${USER}:rtcount:/:/sbin/nologin\n`,
  "etc/group": `root:x:0:\nrtcount:x:${USER}:\n`,
  "etc/nsswitch.conf": "hosts: files dns\n",
};

export interface ImageFolders {
  /** The content of the tarball. */
  readonly content: string;
  readonly work: string;
}

/** Writes the image as an archive with an OCI layout. */
export async function makeImage(path: string, release: Release, folders: ImageFolders): Promise<void> {
  const layers = [await makeBase(release, folders.work), await makeLayer(release, folders)];
  const layout = join(folders.work, "image");
  const image = `${layout}:${release.version}`;
  const created = new Date(release.epochSeconds * 1_000).toISOString();
  await run(["umoci", "init", "--layout", layout]);
  await run(["umoci", "new", "--image", image]);
  for (const layer of layers) {
    await run(["umoci", "raw", "add-layer", "--image", image, "--history.created", created, layer]);
  }
  const labels = {
    title: "rtcount",
    description: "Exact word counts of Kafka topics over a sliding window",
    version: release.version,
    licenses: "MIT",
    created,
  };
  await run([
    "umoci",
    "config",
    "--image",
    image,
    "--no-history",
    `--created=${created}`,
    "--os=linux",
    `--architecture=${release.architecture}`,
    `--config.user=${USER}:${USER}`,
    "--config.entrypoint=/usr/bin/rtcount",
    "--config.cmd=run",
    "--config.workingdir=/",
    "--config.exposedports=8000/tcp",
    "--config.stopsignal=SIGTERM",
    ...Object.entries(labels).map(([key, value]) =>
      `--config.label=org.opencontainers.image.${key}=${value}`
    ),
  ]);
  await run(["umoci", "gc", "--layout", layout]);
  await writeTar(path, {
    folder: layout,
    entries: ["oci-layout", "index.json", "blobs"],
    epochSeconds: release.epochSeconds,
  });
}

/** The layer of Debian's packages, with the description of each for scanners. */
async function makeBase({ architecture, epochSeconds }: Release, work: string): Promise<string> {
  const base = new StagedFolder(join(work, "base"), epochSeconds);
  const packages = join(work, "debian");
  await Deno.mkdir(packages);
  await Deno.mkdir(join(base.path, "usr"), { recursive: true });
  for (const folder of ["bin", "lib", "lib64", "sbin"]) {
    await Deno.mkdir(join(base.path, "usr", folder));
    await Deno.symlink(`usr/${folder}`, join(base.path, folder));
  }
  await run(["apt-get", "download", ...DEBIAN_PACKAGES.map((name) => `${name}:${architecture}`)], {
    cwd: packages,
  });
  for (const { name: file } of Deno.readDirSync(packages)) {
    const archive = join(work, "files.tar");
    await run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$0" >"$1"', join(packages, file), archive]);
    await run([
      "tar",
      "--extract",
      "--keep-directory-symlink",
      `--directory=${base.path}`,
      `--file=${archive}`,
    ]);
    const control = await run(["dpkg-deb", "--field", join(packages, file)]);
    await base.write(`var/lib/dpkg/status.d/${file.split("_")[0]}`, control);
  }
  for (const [file, content] of Object.entries(ACCOUNTS)) await base.write(file, content);
  const layer = join(work, "base.tar");
  await writeTar(layer, { folder: base.path, entries: ["."], epochSeconds });
  return layer;
}

/** The layer of the program. */
async function makeLayer({ epochSeconds }: Release, { content, work }: ImageFolders): Promise<string> {
  const folder = new StagedFolder(join(work, "layer"), epochSeconds);
  await folder.copy(join(content, "rtcount"), "usr/bin/rtcount", 0o755);
  for (const file of ["LICENSE", "NOTICE"]) {
    await folder.copy(join(content, file), `usr/share/doc/rtcount/${file}`);
  }
  const layer = join(work, "layer.tar");
  await writeTar(layer, { folder: folder.path, entries: ["usr/bin/rtcount", "usr/share/doc"], epochSeconds });
  await Deno.mkdir(join(folder.path, "var/lib/rtcount"), { recursive: true });
  await writeTar(layer, {
    folder: folder.path,
    entries: ["var/lib/rtcount"],
    epochSeconds,
    owner: USER,
    append: true,
  });
  return layer;
}
