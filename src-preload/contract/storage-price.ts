/**
 * What S3 Standard asks for storage in us-east-1, first 50 TB (Amazon S3 pricing): an estimate for other regions, classes
 * and amounts. Parts of incomplete uploads cost the same. Free of zod, so that the renderer can import it.
 */
export const storagePrice = {
  /** In US dollars, for each GB (2^30 bytes) and month. */
  perGbMonthUsd: 0.023,
} as const

/** What so many bytes cost a month, in US dollars. */
export function monthlyStorageUsd(bytes: number): number {
  return (bytes / 1024 ** 3) * storagePrice.perGbMonthUsd
}
