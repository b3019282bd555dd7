/** The most bytes that one PUT may have (Amazon S3: 5 GiB). */
export const mostPutBytes = 5 * 1024 ** 3

/**
 * How large an upload to a request may be. `at-most` is asked of its sender, and looked at afterwards: S3 has no means to
 * limit it. `exactly` is signed, and another size is refused by the service.
 */
export interface WantedSize {
  readonly kind: 'at-most' | 'exactly'
  readonly bytes: number
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** The bytes of `20MB`, `1.5 GB`, `512 KiB` or `4096`; null for anything else, and for what is no PUT's size. Pure. */
export function bytesOf(text: string): number | null {
  const match = /^(\d{1,10}(?:\.\d{1,6})?) ?([kmg]?i?b)?$/i.exec(text.trim())
  const unit = units[(match?.[2] ?? '').toLowerCase()]
  if (match === null || unit === undefined) return null
  const bytes = Math.round(Number(match[1]) * unit)
  return bytes >= 1 && bytes <= mostPutBytes ? bytes : null
}

/** A size in few words, in powers of 1,000: `20 MB`, `1.5 GB`, `4096 bytes`. Pure. */
export function sizeWords(bytes: number): string {
  const [unit, name] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'kB']
  if (bytes < 10_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  return `${Math.round((bytes / unit) * 100) / 100} ${name}`
}

/** `at most 20 MB`, `exactly 4096 bytes`; what has no size is of any. Pure. */
export function wantedSizeWords(size: WantedSize | null): string {
  if (size === null) return 'any size'
  return size.kind === 'at-most' ? `at most ${sizeWords(size.bytes)}` : `exactly ${size.bytes} bytes`
}

/** Whether what has come is not what was asked for. Pure. */
export function isOtherSize(size: WantedSize, bytes: number): boolean {
  return size.kind === 'at-most' ? bytes > size.bytes : bytes !== size.bytes
}
