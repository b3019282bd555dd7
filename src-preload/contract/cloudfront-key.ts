import { z } from 'zod'

/** The id of a public key that CloudFront has, such as `K2JCJMDEHXQW5F`, with which signatures are checked. */
export const keyPairIdSchema = z
  .string()
  .regex(/^[A-Z0-9]{10,32}$/, 'A key pair ID is made of capital letters and digits, such as K2JCJMDEHXQW5F.')
