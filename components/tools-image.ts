import * as pulumi from "@pulumi/pulumi";
import type { Media, MediaFile } from "../plan/media";
import { imageOf, type Standing } from "./standing";

/** What the image of the virtual machines' tools goes by in the program. */
export const TOOLS = "svt-image";

/**
 * The image of the virtual machines' tools that a site gets: the newest at hand, else the one that it has been given
 * from a file that lies there no more. Undefined, with a warning, where the folder has CloudTower's alone; throws
 * RunError where it has neither.
 */
export function toolsImage(media: Media | undefined, standing: Standing[]): MediaFile | undefined {
  if (!media) return undefined;
  const image = media.tools ?? imageOf(standing.find(({ name }) => name === TOOLS));
  if (image) return image;
  const holdsNone = `${media.folder}, the folder of the stack setting media, holds no SMTX_VMTOOLS-<version>.iso`;
  if (!media.cloudtower)
    throw new pulumi.RunError(
      `${holdsNone}, and no cloudtower-v<version>….iso; nothing was registered — put the vendor's images there, or leave their upload out: pulumi config rm media`,
    );
  pulumi.log.warn(
    `${holdsNone}: the site gets no tools for its virtual machines — put the vendor's image there for that`,
  );
  return undefined;
}
