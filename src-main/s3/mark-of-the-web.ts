import { writeFile } from 'node:fs/promises'

/**
 * Tells Windows that a file has come from elsewhere, as browsers do, so that it warns before it runs it (S35). The mark
 * is a second stream of the file; a disk that has none, such as FAT, keeps the file without. macOS marks by itself what
 * an application writes whose Info.plist says so (`LSFileQuarantineEnabled`), and Linux has no such mark.
 * It says no address: that would be kept beside the file for whoever gets it next.
 */
export async function markOfTheWeb(path: string, platform: NodeJS.Platform): Promise<void> {
  if (platform !== 'win32') return
  await writeFile(`${path}:Zone.Identifier`, '[ZoneTransfer]\r\nZoneId=3\r\n').catch(() => undefined)
}
