/** The standard headers that Pail sets on an object; absent means that none is sent. */
export interface ObjectHeaders {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
  readonly contentLanguage?: string
}

/** Headers to change on an object: null takes one away, an absent one stays as it is. */
export type HeaderReplacements = { readonly [Header in keyof ObjectHeaders]: ObjectHeaders[Header] | null }
