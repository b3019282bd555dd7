/** The form of a media type that can be signed, and written in any shell: without quoted parameters (RFC 9110, 8.3.1). */
export const mediaTypePattern =
  /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(; ?[\w!#$&^.+-]{1,64}=[\w!#$&^.+-]{1,64}){0,4}$/

/** A file's ending, with its dot or without. */
export const fileEndingPattern = /^\.?[A-Za-z0-9]{1,16}$/
