/** What CloudFront asks for invalidations (CloudFront pricing). Free of zod, so that the renderer can import it. */
export const invalidationPrices = {
  /** Paths a month that cost nothing, of all distributions of an account together; a wildcard is one path. */
  freePathsPerMonth: 1000,
  /** In US dollars, for each path after those. */
  perPathUsd: 0.005,
} as const
