/** `AKIA…WXYZ`: enough to recognise, too little to use. */
export function maskAccessKey(accessKeyId: string): string {
  return accessKeyId.length < 12
    ? `${accessKeyId.slice(0, 2)}…`
    : `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`
}
