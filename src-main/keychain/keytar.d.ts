/**
 * The part of keytar that Pail calls, declared here because the package is optional: the types must check where its
 * binary could not be built. `findCredentials` is missing on purpose; see {@link ./keytar-keychain.ts}.
 */
declare module 'keytar' {
  const keytar: {
    getPassword(service: string, account: string): Promise<string | null>
    setPassword(service: string, account: string, password: string): Promise<void>
    deletePassword(service: string, account: string): Promise<boolean>
  }
  export default keytar
}
