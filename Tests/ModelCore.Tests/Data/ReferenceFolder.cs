namespace Sweeps.ModelCore.Tests.Data;

/// <summary>Where Tests/Reference is.</summary>
internal static class ReferenceFolder
{
    /// <summary>The folder, or what is below it at <paramref name="parts"/>.</summary>
    public static string Of(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "Tests", "Reference");
            if (Directory.Exists(path)) return Path.Combine([path, .. parts]);
        }
        throw new DirectoryNotFoundException($"no Tests/Reference above {AppContext.BaseDirectory}");
    }
}
