namespace Sweeps.Actors.Devices;

/// <summary>What devices have in common that compute the same bits.</summary>
internal static class DeviceKind
{
    /// <summary>The kind of a device that has said hello: its type, its instruction set, and libtorch's version.</summary>
    public static string Of(HelloMessage hello)
    {
        var type = hello.Device.Split(':')[0];
        return type == "cpu" ? $"{type} {hello.Capability}, libtorch {hello.Libtorch}" : $"{type}, libtorch {hello.Libtorch}";
    }
}
