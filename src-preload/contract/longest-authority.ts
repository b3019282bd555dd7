/** The most characters of the certificates of a private authority; a chain of three has about 6,000. */
export const longestAuthority = 65_536
