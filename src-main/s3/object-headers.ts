/** The standard headers that Pail sets on an object; absent means that none is sent. */
export interface ObjectHeaders {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
}
