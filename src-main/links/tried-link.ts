import { publicBaseUrl } from '../s3/public-base-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createLink, type CreateLinkOptions, type MadeLink } from './create-link.ts'

/** A link to try, and how its address is asked for what is not there. */
export interface TriedLink extends Pick<MadeLink, 'url' | 'kind'> {
  readonly bucket: string
  readonly key: string
  /** The custom domain or CDN that it is at; null at the bucket's own host. */
  readonly baseUrl: string | null
  /** The same link to another key, made and signed alike. */
  readonly urlOf: (key: string) => Promise<string>
}

/** What is to be known of a link that was made with these options, so that it can be tried. */
export async function triedLink(
  session: S3Session,
  options: CreateLinkOptions,
  { url, kind }: Pick<MadeLink, 'url' | 'kind'>,
): Promise<TriedLink> {
  const { bucket, key, servedPrefix = '' } = options
  const baseUrl = kind === 'presigned' ? null : (options.baseUrl ?? (await publicBaseUrl(session, bucket)))
  return {
    url,
    kind,
    bucket,
    key,
    baseUrl,
    urlOf: async (other) => {
      const made = await createLink(session, {
        ...options,
        key: baseUrl === null ? other : `${servedPrefix}${other}`,
      })
      return made.url
    },
  }
}
