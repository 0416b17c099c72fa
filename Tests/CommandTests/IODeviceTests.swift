import Foundation
import Testing

/// `marvel-bench io` on file systems and devices made for it, in mount namespaces of their own; as root.
struct IODeviceTests {
  /// Runs a shell script in which `$P` is the program and `$M` an empty folder that it may mount on. Loop devices that it
  /// puts into `$L` are freed behind it.
  ///
  /// - Parameter needs: A script that shows whether this machine lets us.
  /// - Returns: nil, and says so, where it does not.
  private func inNamespace(_ needs: String, _ script: String) throws -> Ended? {
    let scratch = try Scratch("/var/tmp")
    let mount = scratch.path + "/mount"
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
    func run(_ script: String) throws -> Ended {
      let setting = "M='\(mount)'; P='\(program)'; L=; "
      let end = "trap 'test -z \"$L\" || losetup -d \"$L\"' EXIT; "
      return try Running(["-m", "sh", "-ec", setting + end + script], executable: "/usr/bin/unshare").wait()
    }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"), getuid() == 0 else {
      print("not tested: mounts need root and unshare")
      return nil
    }
    let probe = try run(needs)
    guard probe.code == 0 else {
      print("not tested: \(needs): \(probe.error)")
      return nil
    }
    let ended = try run(script)
    #expect(ended.code == 0, "\(ended.out)\(ended.error)")
    return ended
  }

  private static let tmpfs = "mount -t tmpfs -o size=1m tmpfs \"$M\"; "
  private static let loop = "truncate -s 8m \"$M/image\"; L=$(losetup -f --show \"$M/image\"); "

  /// The shell's words for one run that is to end with a code: else the script ends here.
  private static func io(_ words: String, code: Int) -> String {
    "\"$P\" io --size=64k \(words) && c=0 || c=$?; test $c = \(code) || { echo \"$c for \(words)\"; exit 1; }; "
  }

  @Test(arguments: ["native", "none"])
  func `no room for a test file is said before the clock, and nothing is left`(allocation: String) throws {
    let ended = try inNamespace(
      Self.tmpfs,
      Self.tmpfs
        + Self.io("--rw=read --size=4m --directory=\"$M\" --fallocate=\(allocation)", code: 2)
        + "ls -A \"$M\"")
    guard let ended else { return }
    #expect(ended.error.contains("No space left on device (lower size=, or choose another directory=)"))
    #expect(ended.error.contains(allocation == "none" ? "lay out " : "allocate "), "\(ended.error)")
    #expect(!ended.out.contains("io.0.0"), "\(ended.out)")
  }

  @Test(arguments: ["psync", "libaio", "mmap"])
  func `a file system that fills up while it runs is the job's error`(engine: String) throws {
    let ended = try inNamespace(
      Self.tmpfs,
      Self.tmpfs + "truncate -s 4m \"$M/f\"; "
        + Self.io(
          "--name=a --rw=write --size=4m --filename=\"$M/f\" --allow-destructive --ioengine=\(engine) --output-format=csv",
          code: 2))
    guard let ended else { return }
    #expect(ended.error.contains("job 'a': write "), "\(ended.error)")
    // The kernel has no errno for a page that cannot be given.
    let reason = engine == "mmap" ? "Input/output error" : "No space left on device (the device is full)"
    #expect(ended.error.contains(reason), "\(ended.error)")
    #expect(ended.out.contains(",failed,"), "a row that says so: \(ended.out)")
  }

  @Test func `a read-only mount is read, and is not written to`() throws {
    let ended = try inNamespace(
      Self.tmpfs,
      Self.tmpfs + "head -c 65536 /dev/zero > \"$M/f\"; mount -o remount,ro \"$M\"; "
        + Self.io("--rw=read --filename=\"$M/f\"", code: 0)
        + Self.io("--rw=write --filename=\"$M/f\" --allow-destructive", code: 2)
        + Self.io("--rw=read --directory=\"$M\"", code: 2))
    guard let ended else { return }
    let lines = ended.error.split(separator: "\n").filter { $0.contains("Read-only file system") }
    try #require(lines.count == 2, "\(ended.error)")
    #expect(lines[0].contains("open ") && lines[0].contains("/mount/f: "))
    #expect(
      lines[1].contains("create ")
        && lines[1].contains("/mount/io.0.0: Read-only file system (choose another directory= or filename=)"))
  }

  @Test func `a block device is written to only on request, and never while it is mounted`() throws {
    let folder = "mkdir \"$M/at\"; "
    let ended = try inNamespace(
      "mount -t tmpfs -o size=16m tmpfs \"$M\"; " + Self.loop + "mkfs.ext4 -q \"$L\"; " + folder
        + "mount \"$L\" \"$M/at\"; umount \"$M/at\"",
      "mount -t tmpfs -o size=16m tmpfs \"$M\"; " + Self.loop + "mkfs.ext4 -q \"$L\"; " + folder
        + Self.io("--rw=write --filename=\"$L\"", code: 2)
        + "mount \"$L\" \"$M/at\"; "
        + Self.io("--rw=write --filename=\"$L\" --allow-destructive", code: 2)
        + Self.io("--rw=read --filename=\"$L\"", code: 0)
        + "test -d \"$M/at/lost+found\"; umount \"$M/at\"; "
        + Self.io("--rw=write --filename=\"$L\" --allow-destructive --verify=crc32c --direct=1", code: 0)
        + Self.io("--rw=read --size=1g --filename=\"$L\"", code: 2))
    guard let ended else { return }
    #expect(ended.error.contains("all 8 MiB on this block device may be lost"), "\(ended.error)")
    #expect(ended.error.contains("/mount/at: refused always (unmount it, or name a file)"))
    #expect(ended.error.contains("1073741824 bytes are asked for, the device has 8388608"))
  }

  @Test func `a block device that fails is the job's error`() throws {
    // The file behind the device has no room for what is written.
    let ended = try inNamespace(
      Self.tmpfs + Self.loop,
      Self.tmpfs + Self.loop
        + Self.io(
          "--name=a --rw=write --size=4m --filename=\"$L\" --allow-destructive --direct=1 --output-format=csv",
          code: 2))
    guard let ended else { return }
    #expect(ended.error.contains("job 'a': write /dev/loop"), "\(ended.error)")
    // Which of the two it is differs between kernels.
    let reasons = [
      "Input/output error (the device failed: see dmesg)", "No space left on device (the device is full)",
    ]
    #expect(reasons.contains { ended.error.contains($0) }, "\(ended.error)")
    #expect(ended.out.contains(",failed,"), "\(ended.out)")
  }
}
