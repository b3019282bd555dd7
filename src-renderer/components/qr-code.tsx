import { QRCodeSVG } from 'qrcode.react'
import { Note } from './note.tsx'
import './qr-code.css'

/** The most bytes that a QR code holds (ISO/IEC 18004, version 40-L). */
const mostBytes = 2953

/** So short a text gets the stronger error correction, and still has modules that a phone can tell apart. */
const shortText = 400

/** An ASCII text as a QR code: dark on light in both themes, as scanners want it. Loaded only when one is shown. */
export function QrCode({ text, label }: { text: string; label: string }) {
  if (text.length > mostBytes)
    return (
      <Note kind="info" title="No QR code">
        The link is too long for one: it has {text.length.toLocaleString()} characters.
      </Note>
    )
  return (
    <QRCodeSVG
      className="qr-code"
      value={text}
      level={text.length <= shortText ? 'M' : 'L'}
      marginSize={4}
      bgColor="var(--qr-light)"
      fgColor="var(--qr-dark)"
      aria-label={label}
    />
  )
}
