namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>A file that the node that should have it has not, or has another one in its place: to ask again is of no use.</summary>
internal sealed class ArtifactLostException(string message) : Exception(message);

/// <summary>A network, or another node, that broke a transfer off: it may go on.</summary>
internal sealed class ArtifactTransferException(string message, Exception? innerException = null) : Exception(message, innerException);
