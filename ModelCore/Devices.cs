using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore;

/// <summary>The names of devices. TorchSharp's own reading of them takes more, and ends the process on some.</summary>
public static class Devices
{
    /// <summary>Reads "cpu", "cuda" or "cuda:n".</summary>
    /// <exception cref="FormatException">anything else</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "cpu") return torch.CPU;
        if (text == "cuda") return new Device(DeviceType.CUDA, 0);
        if (text.StartsWith("cuda:", StringComparison.Ordinal) &&
            int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return new Device(DeviceType.CUDA, index);
        }

        throw new FormatException($"device \"{text}\": expected cpu, cuda or cuda:n");
    }
}
