namespace Sweeps.Actors.Devices;

/// <summary>The options ask for devices that this machine does not have. The message names the option's value and what there is.</summary>
public sealed class NoSuchDeviceException(string message) : ArgumentException(message);
