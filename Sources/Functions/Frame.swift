/// What a frame is for. The numbers are part of the format (docs/format-frame.md).
public enum FrameKind: UInt8, Sendable {
  /// Controller to worker, once, first: settings of the worker.
  case initialize = 1
  /// Worker to controller, once, first: the worker takes activations.
  case ready = 2
  /// Controller to worker: run an action.
  case activate = 3
  /// Worker to controller: the action returned.
  case result = 4
  /// Worker to controller: the action threw.
  case failure = 5
}

/// The 24 bytes before every payload: magic, kind, descriptor count, payload length, activation id.
public struct FrameHeader: Equatable, Sendable {
  public static let size = 24
  /// `MBF1` when read as bytes.
  public static let magic: UInt32 = 0x3146_424D
  /// The longest payload of a frame, in bytes. Bulk data belongs on a tier.
  public static let maximumPayload = 64 << 20
  /// The most descriptors of a frame.
  public static let maximumDescriptors = 32

  public var kind: FrameKind
  public var descriptorCount: Int
  /// In bytes; the payload follows the header without padding.
  public var payloadLength: Int
  /// Which activation it belongs to; 0 for `initialize` and `ready`.
  public var activationID: UInt64

  public init(kind: FrameKind, descriptorCount: Int = 0, payloadLength: Int, activationID: UInt64 = 0) {
    self.kind = kind
    self.descriptorCount = descriptorCount
    self.payloadLength = payloadLength
    self.activationID = activationID
  }

  /// Reads ``size`` bytes at `bytes`.
  /// - Throws: ``WireError`` for anything that ``encode(to:)`` does not write.
  init(decoding bytes: UnsafeRawPointer) throws {
    let magic = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    guard magic == FrameHeader.magic else {
      throw WireError("frame: magic \(String(magic, radix: 16)) is not MBF1: the peer speaks something else")
    }
    let number = bytes.load(fromByteOffset: 4, as: UInt8.self)
    guard let kind = FrameKind(rawValue: number) else { throw WireError("frame: unknown kind \(number)") }
    let descriptorCount = Int(bytes.load(fromByteOffset: 5, as: UInt8.self))
    guard descriptorCount <= FrameHeader.maximumDescriptors else {
      throw WireError("frame: \(descriptorCount) descriptors, \(FrameHeader.maximumDescriptors) allowed")
    }
    guard bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self) == 0,
      bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self) == 0
    else { throw WireError("frame: a reserved field is not 0") }
    let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= FrameHeader.maximumPayload else {
      throw WireError("frame: payload of \(length) bytes, \(FrameHeader.maximumPayload) allowed")
    }
    self.kind = kind
    self.descriptorCount = descriptorCount
    self.payloadLength = length
    self.activationID = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
  }

  /// Writes ``size`` bytes to `bytes`.
  @inline(__always)
  func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.storeBytes(of: FrameHeader.magic.littleEndian, as: UInt32.self)
    bytes.storeBytes(of: kind.rawValue, toByteOffset: 4, as: UInt8.self)
    bytes.storeBytes(of: UInt8(descriptorCount), toByteOffset: 5, as: UInt8.self)
    bytes.storeBytes(of: 0, toByteOffset: 6, as: UInt16.self)
    bytes.storeBytes(of: UInt32(payloadLength).littleEndian, toByteOffset: 8, as: UInt32.self)
    bytes.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
    bytes.storeBytes(of: activationID.littleEndian, toByteOffset: 16, as: UInt64.self)
  }
}

/// One whole message as it was received.
public struct Frame: Sendable {
  public var kind: FrameKind
  public var activationID: UInt64
  public var payload: [UInt8]
  /// Open descriptors that now belong to the receiver.
  public var descriptors: [Int32]
}
