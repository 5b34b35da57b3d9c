namespace Sweeps.Actors.Sweeps;

/// <summary>The node's section of Akka is not accepted by Akka.</summary>
/// <param name="cause">what Akka says</param>
public sealed class AkkaSettingsException(Exception cause)
    : Exception($"the section akka of the node's configuration is not accepted: {cause.Message}", cause);
