// SPDX-License-Identifier: Apache-2.0
// Pictures are made smaller before they are sent: upright, no longer than the detector makes use of, and as JPEG.

const LONGEST = 2048; // pixels: that of daemon/vision/photo.py
const MOST_BYTES = 2_900_000; // whod takes fewer than 3,000,000
const QUALITIES = [0.9, 0.8, 0.65, 0.5];

export class Unreadable extends Error {
  constructor(isHeic) {
    super("unreadable");
    this.isHeic = isHeic;
  }
}

// The picture of a file as a JPEG blob. Throws Unreadable for what this browser cannot decode.
export async function shrink(file) {
  const picture = await decode(file);
  try {
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // what is transparent
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (blob && blob.size < MOST_BYTES) return blob;
    }
    throw new Unreadable(false);
  } finally {
    picture.close?.();
  }
}

async function decode(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Unreadable(await isHeic(file));
  }
}

// By its name or its first bytes: "ftyp" and a brand of the HEIF family.
async function isHeic(file) {
  if (/\.hei[cf]$/i.test(file.name) || /^image\/hei[cf]/.test(file.type)) return true;
  const head = String.fromCharCode(...new Uint8Array(await file.slice(4, 12).arrayBuffer()));
  return /^ftyp(hei|hev|mif|msf)/.test(head);
}
