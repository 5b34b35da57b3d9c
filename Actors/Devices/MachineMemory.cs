using System.Globalization;

namespace Sweeps.Actors.Devices;

/// <summary>How much memory there is to divide.</summary>
public static class MachineMemory
{
    /// <summary>Bytes of memory, or the lowest limit of the control groups (containers, Slurm, systemd) that this process is in.</summary>
    public static long Bytes() => Math.Min(Physical(), Limit("/proc/self/cgroup", "/sys/fs/cgroup") ?? long.MaxValue);

    // The runtime's own figure is, in a container, not the limit but what its heap may take of it.
    private static long Physical() =>
        File.Exists("/proc/meminfo")
        && File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal)) is { } line
        && long.TryParse(line.AsSpan(9).Trim().TrimEnd(" kB"), NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes << 10
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The lowest limit from the process's control group up to the root, of version 2 or 1; null without one.</summary>
    /// <param name="groups">the file that names the process's groups</param>
    /// <param name="mount">where the groups are mounted</param>
    internal static long? Limit(string groups, string mount)
    {
        if (!File.Exists(groups)) return null;
        long? least = null;
        foreach (var line in File.ReadLines(groups))
        {
            // hierarchy:controllers:path; version 2 is the hierarchy 0 without controllers.
            if (line.Split(':', 3) is not [_, var controllers, var path]) continue;
            var (root, name) = controllers.Length == 0 ? (mount, "memory.max") : (Path.Combine(mount, "memory"), "memory.limit_in_bytes");
            if (controllers.Length > 0 && !controllers.Split(',').Contains("memory")) continue;
            for (var at = path.Trim('/'); ; at = Path.GetDirectoryName(at) ?? "")
            {
                var file = Path.Combine(root, at, name);
                // "max" is no limit, and a group outside of a container's view has no file.
                if (File.Exists(file)
                    && long.TryParse(File.ReadAllText(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                        && limit > 0)
                    least = Math.Min(least ?? long.MaxValue, limit);
                if (at.Length == 0) break;
            }
        }
        return least;
    }
}
