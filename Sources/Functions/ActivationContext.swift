/// A function: bytes in, bytes out; both opaque to the platform.
public typealias Action = (inout ActivationContext, [UInt8]) throws -> [UInt8]

/// What an action knows of its activation and its worker, and what it reports beside its result.
public struct ActivationContext {
  public let activationID: UInt64
  /// From 0.
  public let attempt: Int
  /// Whether the worker was started for this activation.
  public let isCold: Bool
  public let workerIndex: Int
  /// The NUMA node to which the worker is bound, if it is.
  public let node: Int?
  /// In bytes; nil where there is no limit.
  public let memoryLimit: Int?
  /// What outlives activations.
  public let state: WorkerState
  /// As in ``PoolOptions``; the descriptors stay open as long as the worker lives.
  public let initPayload: [UInt8]
  public let initDescriptors: [Int32]
  /// Of this activation's request; closed when the action returns.
  public let descriptors: [Int32]

  /// For the record: the bytes that the action read and wrote.
  public var bytesIn = 0
  public var bytesOut = 0
}

/// State that has something to do before its worker leaves.
public protocol LeavesWorker: AnyObject {
  /// Called once, after the last activation.
  func leave()
}

/// Declared state of a worker that outlives activations: arenas, opened tiers. One object a type.
public final class WorkerState {
  private var objects: [ObjectIdentifier: AnyObject] = [:]

  init() {}

  /// The controller has hung up: objects that ``LeavesWorker`` let go of what others hold, too.
  func leave() {
    for object in objects.values { (object as? any LeavesWorker)?.leave() }
  }

  /// The worker's object of this type, made by `create` at its first use.
  public func object<T: AnyObject>(_ type: T.Type = T.self, create: () throws -> T) rethrows -> T {
    if let object = objects[ObjectIdentifier(type)] { return unsafeDowncast(object, to: type) }
    let object = try create()
    objects[ObjectIdentifier(type)] = object
    return object
  }
}
