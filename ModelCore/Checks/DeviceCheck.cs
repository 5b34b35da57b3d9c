using System.Globalization;
using TorchSharp;

namespace Sweeps.ModelCore.Checks;

/// <summary>Whether a device computes what it should: reference models, steps of training and a pruning.</summary>
public static class DeviceCheck
{
    /// <summary>Runs all of it: some seconds on any device.</summary>
    /// <param name="device">cpu, cuda or cuda:N</param>
    /// <param name="references">the folder of the reference models, Tests/Reference/gpt of the repository</param>
    /// <param name="time">for the seconds of each number</param>
    /// <returns>what was compared, in the order that it was computed</returns>
    /// <exception cref="FormatException">the device's name is not understood</exception>
    /// <exception cref="NotSupportedException">there is no such device, or this libtorch has no CUDA</exception>
    /// <exception cref="IOException">the reference models are not there</exception>
    /// <exception cref="JobFailedException">a job failed on it</exception>
    public static IReadOnlyList<CheckedValue> Run(string device, string references, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var found = TorchInfo.Read().CudaDevices;
        var target = Devices.Parse(device);
        if (target.type != DeviceType.CPU && target.index >= found)
        {
            throw new NotSupportedException(string.Create(
                CultureInfo.InvariantCulture, $"there is no {device}: libtorch sees {found} CUDA devices"));
        }
        if (!Directory.Exists(references))
            throw new DirectoryNotFoundException($"{references} is no folder: expected that of the reference models");
        var values = new CheckedValues(time);
        ReferenceCheck.Run(references, target, values);
        JobCheck.Run(device, values);
        return values.All;
    }
}
