import type { S3Session } from './s3-session.ts'

/**
 * Where a service hands the bucket out whose own address answers nobody without a signature (R2): the address that is on, a
 * domain of the owner before the one at r2.dev. Null where the bucket's own address is the public one, where none is on, and
 * where that is not known.
 */
export async function publicBaseUrl(
  { domains }: Pick<S3Session, 'domains'>,
  bucket: string,
): Promise<string | null> {
  if (domains === undefined) return null
  const told = await domains.recent(bucket)
  if (told.state !== 'read') return null
  const on = told.value.filter(({ enabled }) => enabled)
  return (on.find(({ kind }) => kind === 'custom') ?? on[0])?.baseUrl ?? null
}
