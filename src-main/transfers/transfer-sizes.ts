/** From which sizes on transfers are cut into pieces, in bytes. What is not given is as S3 has it best. */
export interface TransferSizes {
  /** Larger files go in parts. */
  readonly partedAboveBytes?: number
  readonly partSizeBytes?: number
  /** Larger objects come in ranges. */
  readonly rangedAboveBytes?: number
  readonly rangeSizeBytes?: number
  /** How far a download has come is written down whenever so much has come. */
  readonly savedEveryBytes?: number
}
