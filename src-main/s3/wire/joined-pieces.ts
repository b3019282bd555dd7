/** Where answers that came in pieces are put together: fresh memory of this size costs the system more than all else. */
let workspace = Buffer.alloc(0)

/** Longer answers than this are seldom, and do not keep the memory that they took. */
const longestWorkspaceBytes = 1024 * 1024

/** The pieces as one, which the next call may overwrite. */
export function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  const [first = workspace.subarray(0, 0)] = chunks
  if (chunks.length <= 1) return first
  if (bytes > longestWorkspaceBytes) return Buffer.concat(chunks, bytes)
  if (workspace.byteLength < bytes)
    workspace = Buffer.allocUnsafeSlow(Math.min(longestWorkspaceBytes, 2 * bytes))
  let at = 0
  for (const chunk of chunks) {
    workspace.set(chunk, at)
    at += chunk.byteLength
  }
  return workspace.subarray(0, bytes)
}
