// A folder like a site's: always the same for a seed, so that two runs send the same bytes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const smallestBytes = 1024
const largestBytes = 30 * 1024
const filesPerFolder = 50
const extensions = ['html', 'css', 'js', 'png', 'svg', 'json', 'txt', 'woff2']

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
export function randomNumbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Bytes that do not compress. */
function noise(size, next) {
  const bytes = Buffer.allocUnsafe(size)
  for (let at = 0; at < size; at += 4)
    bytes.writeUInt32LE((next() * 4294967296) >>> 0, Math.min(at, size - 4))
  return bytes
}

/** The path of one file of the tree, below its folder. */
export function pathOf(index) {
  const folder = Math.floor(index / filesPerFolder)
  return `section-${folder % 10}/folder-${folder}/file-${index}.${extensions[index % extensions.length]}`
}

/** Writes the files, of 1 to 30 KiB each, and gives the sum of their sizes in bytes. */
export function writeTree(folder, files, seed) {
  const next = randomNumbers(seed)
  let total = 0
  for (let index = 0; index < files; index++) {
    const size = smallestBytes + Math.floor(next() * (largestBytes - smallestBytes))
    const path = join(folder, pathOf(index))
    if (index % filesPerFolder === 0) mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, noise(size, next))
    total += size
  }
  return total
}

/** Rewrites a share of the files with new bytes of another size; `round` decides which. Gives how many. */
export function changeTree(folder, files, share, round) {
  const next = randomNumbers(1_000_003 * (round + 1))
  const count = Math.max(1, Math.round(files * share))
  const chosen = new Set()
  while (chosen.size < count) chosen.add(Math.floor(next() * files))
  for (const index of chosen) {
    const size = smallestBytes + Math.floor(next() * (largestBytes - smallestBytes))
    writeFileSync(join(folder, pathOf(index)), noise(size, next))
  }
  return count
}
