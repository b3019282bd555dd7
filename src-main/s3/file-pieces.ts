/** A stretch of a local file (from inclusive, to exclusive), or bytes that stand between two of them. */
export type FilePiece = { readonly from: number; readonly to: number } | { readonly bytes: Uint8Array }

/** How many bytes the pieces come to. */
export function sizeOfPieces(pieces: readonly FilePiece[]): number {
  return pieces.reduce((sum, piece) => sum + sizeOf(piece), 0)
}

/** Fills a buffer with what the pieces have from `position` on; there must be that much. `read` reads the file. */
export async function readPieces(
  pieces: readonly FilePiece[],
  read: (buffer: Uint8Array, position: number) => Promise<void>,
  { buffer, position }: { readonly buffer: Uint8Array; readonly position: number },
): Promise<void> {
  let begin = 0
  let filled = 0
  for (const piece of pieces) {
    if (filled === buffer.byteLength) return
    const size = sizeOf(piece)
    const at = position + filled - begin
    begin += size
    if (at >= size) continue
    const into = buffer.subarray(filled, filled + size - at)
    if ('bytes' in piece) into.set(piece.bytes.subarray(at, at + into.byteLength))
    else await read(into, piece.from + at)
    filled += into.byteLength
  }
  if (filled < buffer.byteLength) throw new RangeError('More was asked for than the pieces have.')
}

function sizeOf(piece: FilePiece): number {
  return 'bytes' in piece ? piece.bytes.byteLength : piece.to - piece.from
}
