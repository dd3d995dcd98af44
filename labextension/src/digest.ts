/** A short fingerprint of a source: the CRC-32 of its UTF-8 bytes, in hexadecimal. */

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value >>> 0;
});

export function digest(source: string): string {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(source)) {
    crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
