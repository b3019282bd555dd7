/**
 * Why a name cannot be a new general purpose bucket, in words, or null when it can.
 * Rules: "Bucket naming rules" of the Amazon S3 user guide. Free of zod: the form calls it at every keystroke.
 */
export function bucketNameProblem(name: string): string | null {
  if (name.length < 3) return 'A bucket name has at least 3 characters.'
  if (name.length > 63) return 'A bucket name has at most 63 characters.'
  if (/[A-Z]/.test(name)) return 'A bucket name has no capital letters.'
  if (/_/.test(name)) return 'A bucket name has no underscores; use a hyphen.'
  if (/\s/.test(name)) return 'A bucket name has no spaces.'
  if (!/^[a-z0-9.-]+$/.test(name)) return 'A bucket name has only letters a–z, digits, hyphens and dots.'
  if (!/^[a-z0-9]/.test(name)) return 'A bucket name starts with a letter or a digit.'
  if (!/[a-z0-9]$/.test(name)) return 'A bucket name ends with a letter or a digit.'
  if (name.includes('..')) return 'A bucket name has no two dots in a row.'
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return 'A bucket name does not look like an IP address.'
  if (/^(xn--|sthree-|amzn-s3-demo-)/.test(name)) return 'This beginning is reserved by Amazon S3.'
  if (/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name))
    return 'This ending is reserved by Amazon S3.'
  return null
}

/** A warning about a name that is allowed but makes trouble later, or null. */
export function bucketNameWarning(name: string): string | null {
  return name.includes('.')
    ? 'Names with dots do not match the certificate of bucket.s3.amazonaws.com, so https links need path style.'
    : null
}
