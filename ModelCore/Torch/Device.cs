using System.Globalization;

namespace Sweeps.ModelCore.Torch;

/// <summary>Where a tensor lives.</summary>
public enum DeviceType
{
    /// <summary>main memory</summary>
    CPU = 0,

    /// <summary>an NVIDIA (or, in ROCm builds of libtorch, AMD) GPU</summary>
    CUDA = 1,
}

/// <summary>A device: "cpu" or "cuda:n".</summary>
/// <param name="type">kind of device</param>
/// <param name="index">number of the GPU from 0; -1 on the CPU</param>
public readonly record struct Device(DeviceType type, int index)
{
    /// <summary>The CPU.</summary>
    public static Device CPU => new(DeviceType.CPU, -1);

    /// <summary>A GPU.</summary>
    public static Device CUDA(int index = 0) => new(DeviceType.CUDA, index);

    /// <summary>Reads "cpu", "cuda" or "cuda:n".</summary>
    /// <exception cref="FormatException">anything else</exception>
    public static Device Parse(string text)
    {
        if (text == "cpu") return CPU;
        if (text == "cuda") return CUDA();
        if (text.StartsWith("cuda:", StringComparison.Ordinal) &&
            int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return CUDA(index);
        }

        throw new FormatException($"device \"{text}\": expected cpu, cuda or cuda:n");
    }

    /// <inheritdoc/>
    public override string ToString() => type == DeviceType.CPU ? "cpu" : string.Create(CultureInfo.InvariantCulture, $"cuda:{index}");
}
