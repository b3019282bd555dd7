// A folder like a site's: always the same for a seed, so that two runs send the same bytes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** How many files, how large, and the seed of both. */
export interface TreeOptions {
  readonly files: number
  readonly seed: number
  readonly smallestBytes: number
  /** Not reached itself. */
  readonly largestBytes: number
}

/** Files of 1 to 30 KiB, as sites have them. */
export const siteSizes = { smallestBytes: 1024, largestBytes: 30 * 1024 }

const filesPerFolder = 50
const extensions = ['html', 'css', 'js', 'png', 'svg', 'json', 'txt', 'woff2']

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Bytes that do not compress. */
export function noise(sizeBytes: number, next: () => number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4))
  for (let at = 0; at < words.length; at++) words[at] = next() * 4294967296
  return Buffer.from(words.buffer, 0, sizeBytes)
}

/** The path of one file of the tree, below its folder. */
export function pathOf(index: number): string {
  const folder = Math.floor(index / filesPerFolder)
  return `section-${folder % 10}/folder-${folder}/file-${index}.${extensions[index % extensions.length]}`
}

function sizeBetween({ smallestBytes, largestBytes }: TreeOptions, next: () => number): number {
  return smallestBytes + Math.floor(next() * (largestBytes - smallestBytes))
}

/** Writes the files and gives their sizes in bytes, by index. */
export function writeTree(folder: string, options: TreeOptions): number[] {
  const next = randomNumbers(options.seed)
  const sizes: number[] = []
  for (let index = 0; index < options.files; index++) {
    const size = sizeBetween(options, next)
    const path = join(folder, pathOf(index))
    if (index % filesPerFolder === 0) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, noise(size, next))
    sizes.push(size)
  }
  return sizes
}

/**
 * Rewrites a share of the files, at least one, with new bytes and nearly always another size; `round` decides which.
 * Gives the new sizes in bytes, by index.
 */
export function changeTree(
  folder: string,
  options: TreeOptions,
  share: number,
  round: number,
): Map<number, number> {
  const next = randomNumbers(1_000_003 * (round + 1) + options.seed)
  const count = Math.max(1, Math.round(options.files * share))
  const changed = new Map<number, number>()
  while (changed.size < count) {
    const index = Math.floor(next() * options.files)
    if (changed.has(index)) continue
    const size = sizeBetween(options, next)
    writeFileSync(join(folder, pathOf(index)), noise(size, next))
    changed.set(index, size)
  }
  return changed
}
