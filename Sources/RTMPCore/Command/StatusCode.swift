// SPDX-License-Identifier: Apache-2.0

/// What a status or an error is about, such as `NetStream.Publish.Start`. A registry that peers may extend: unknown
/// codes are values too (RTMP §7.2).
public struct StatusCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The code as it stands in the information object.
    public var rawValue: String

    /// The code written `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The code written `value`.
    public init(stringLiteral value: String) { rawValue = value }

    /// The code as it stands in the information object.
    public var description: String { rawValue }

    /// The level that goes with the code when its sender has no reason to use another one.
    public var usualLevel: Status.Level {
        if self == .playInsufficientBandwidth { return .warning }
        return Self.errors.contains(self) ? .error : .status
    }

    /// The codes that tell of a failure.
    private static let errors: Set<Self> = [
        .connectRejected, .connectFailed, .connectInvalidApp, .connectAppShutdown, .connectIdleTimeout, .callFailed,
        .callBadVersion, .callProhibited, .proxyNotResponding, .publishBadName, .publishDenied, .publishRejected,
        .publishUnauthorized, .publishFailed, .playStreamNotFound, .playFailed, .playFileStructureInvalid,
        .playNoSupportedTrackFound, .seekFailed, .seekInvalidTime, .recordNoAccess, .recordFailed,
        .recordAlreadyExists, .recordDiskQuotaExceeded, .streamFailed, .sharedObjectBadPersistence,
        .sharedObjectNoReadAccess, .sharedObjectNoWriteAccess, .sharedObjectObjectCreationFailed,
        .sharedObjectFlushFailed,
    ]
}

/// Codes of a connection.
extension StatusCode {
    /// The connection is accepted.
    public static let connectSuccess: Self = "NetConnection.Connect.Success"
    /// The connection is refused; a redirect comes this way too.
    public static let connectRejected: Self = "NetConnection.Connect.Rejected"
    /// The connection attempt failed.
    public static let connectFailed: Self = "NetConnection.Connect.Failed"
    /// There is no such application.
    public static let connectInvalidApp: Self = "NetConnection.Connect.InvalidApp"
    /// The application is going down.
    public static let connectAppShutdown: Self = "NetConnection.Connect.AppShutdown"
    /// The connection was closed on purpose.
    public static let connectClosed: Self = "NetConnection.Connect.Closed"
    /// Nothing was heard for too long.
    public static let connectIdleTimeout: Self = "NetConnection.Connect.IdleTimeout"
    /// The client's network changed.
    public static let connectNetworkChange: Self = "NetConnection.Connect.NetworkChange"
    /// The client shall connect again, perhaps elsewhere (E-RTMP v2, Reconnect Request).
    public static let connectReconnectRequest: Self = "NetConnection.Connect.ReconnectRequest"
    /// A call had no effect or no such procedure exists.
    public static let callFailed: Self = "NetConnection.Call.Failed"
    /// A call was encoded in a way that the other side cannot read.
    public static let callBadVersion: Self = "NetConnection.Call.BadVersion"
    /// A call is not allowed.
    public static let callProhibited: Self = "NetConnection.Call.Prohibited"
    /// A proxy does not answer.
    public static let proxyNotResponding: Self = "NetConnection.Proxy.NotResponding"
}

/// Codes of publishing.
extension StatusCode {
    /// Publishing may begin.
    public static let publishStart: Self = "NetStream.Publish.Start"
    /// The name is in use, or cannot be used.
    public static let publishBadName: Self = "NetStream.Publish.BadName"
    /// Publishing is not allowed.
    public static let publishDenied: Self = "NetStream.Publish.Denied"
    /// Publishing is refused.
    public static let publishRejected: Self = "NetStream.Publish.Rejected"
    /// Credentials are missing or wrong.
    public static let publishUnauthorized: Self = "NetStream.Publish.Unauthorized"
    /// Publishing failed.
    public static let publishFailed: Self = "NetStream.Publish.Failed"
    /// The publisher sends nothing.
    public static let publishIdle: Self = "NetStream.Publish.Idle"
    /// The stream is no longer published.
    public static let unpublishSuccess: Self = "NetStream.Unpublish.Success"
    /// Recording has begun.
    public static let recordStart: Self = "NetStream.Record.Start"
    /// Recording has ended.
    public static let recordStop: Self = "NetStream.Record.Stop"
    /// The recording may not be written.
    public static let recordNoAccess: Self = "NetStream.Record.NoAccess"
    /// Recording failed.
    public static let recordFailed: Self = "NetStream.Record.Failed"
    /// The recording exists already.
    public static let recordAlreadyExists: Self = "NetStream.Record.AlreadyExists"
    /// There is no room for the recording.
    public static let recordDiskQuotaExceeded: Self = "NetStream.Record.DiskQuotaExceeded"
}

/// Codes of playing.
extension StatusCode {
    /// The playlist was emptied.
    public static let playReset: Self = "NetStream.Play.Reset"
    /// Playing begins.
    public static let playStart: Self = "NetStream.Play.Start"
    /// Playing has ended.
    public static let playStop: Self = "NetStream.Play.Stop"
    /// A publisher has come.
    public static let playPublishNotify: Self = "NetStream.Play.PublishNotify"
    /// The publisher has gone. Clients end on it.
    public static let playUnpublishNotify: Self = "NetStream.Play.UnpublishNotify"
    /// A playlist goes on to its next entry.
    public static let playSwitch: Self = "NetStream.Play.Switch"
    /// A change of stream has begun.
    public static let playTransition: Self = "NetStream.Play.Transition"
    /// A change of stream is complete.
    public static let playTransitionComplete: Self = "NetStream.Play.TransitionComplete"
    /// A recording was played to its end.
    public static let playComplete: Self = "NetStream.Play.Complete"
    /// There is no such stream.
    public static let playStreamNotFound: Self = "NetStream.Play.StreamNotFound"
    /// Playing failed.
    public static let playFailed: Self = "NetStream.Play.Failed"
    /// The file cannot be read.
    public static let playFileStructureInvalid: Self = "NetStream.Play.FileStructureInvalid"
    /// The file has no track that can be played.
    public static let playNoSupportedTrackFound: Self = "NetStream.Play.NoSupportedTrackFound"
    /// The way to the client is too slow.
    public static let playInsufficientBandwidth: Self = "NetStream.Play.InsufficientBW"
    /// Playing is paused.
    public static let pauseNotify: Self = "NetStream.Pause.Notify"
    /// Playing goes on.
    public static let unpauseNotify: Self = "NetStream.Unpause.Notify"
    /// A seek is done.
    public static let seekNotify: Self = "NetStream.Seek.Notify"
    /// A seek is not possible.
    public static let seekFailed: Self = "NetStream.Seek.Failed"
    /// A seek left the recording.
    public static let seekInvalidTime: Self = "NetStream.Seek.InvalidTime"
    /// A step is done.
    public static let stepNotify: Self = "NetStream.Step.Notify"
    /// Media follows; sent as a data message.
    public static let dataStart: Self = "NetStream.Data.Start"
    /// Something failed.
    public static let streamFailed: Self = "NetStream.Failed"
}

/// Codes of shared objects.
extension StatusCode {
    /// The persistence does not match.
    public static let sharedObjectBadPersistence: Self = "SharedObject.BadPersistence"
    /// Reading is not allowed.
    public static let sharedObjectNoReadAccess: Self = "SharedObject.NoReadAccess"
    /// Writing is not allowed.
    public static let sharedObjectNoWriteAccess: Self = "SharedObject.NoWriteAccess"
    /// The object cannot be made.
    public static let sharedObjectObjectCreationFailed: Self = "SharedObject.ObjectCreationFailed"
    /// The object was written.
    public static let sharedObjectFlushSuccess: Self = "SharedObject.Flush.Success"
    /// The object was not written.
    public static let sharedObjectFlushFailed: Self = "SharedObject.Flush.Failed"
}
