/** Begins differently in each process, so that nobody can choose texts that all meet in one place. */
const seed = Math.floor(Math.random() * 0x7fff_ffff)

/** FNV-1a with more of its bits mixed, in 32 bits. */
export function digestOf(text: string): number {
  let digest = seed
  for (let at = 0; at < text.length; at++) digest = Math.imul(digest ^ text.charCodeAt(at), 0x0100_0193)
  digest ^= digest >>> 15
  return Math.imul(digest, 0x2c1b_3c6d) >>> 0
}
