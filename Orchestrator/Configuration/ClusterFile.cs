using System.Text;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>
/// Reads a node's configuration: <c>sweeps { }</c>, whose keys are the options of <see cref="NodeOptions"/>, and <c>akka { }</c>, which is
/// Akka's own.
/// </summary>
internal static class ClusterFile
{
    /// <summary>The file that is read when no other is named.</summary>
    public const string DefaultName = "cluster.hocon";

    private const string Akka = "akka";
    private const int MostAkkaCharacters = 1 << 20;

    /// <summary>
    /// The options in <paramref name="path"/>; without one, those in cluster.hocon of the current folder, or the defaults when there is no
    /// such file.
    /// </summary>
    /// <exception cref="InvalidConfigurationException">something is wrong in the file; the exception lists everything</exception>
    public static NodeOptions Load(string? path, Func<string, string?>? environment = null)
    {
        if (path is null && !File.Exists(DefaultName)) return new NodeOptions();
        var akka = "";
        var read = OptionsFile.Read<Sections>(
            path ?? DefaultName, environment, (_, _) => { }, (root, problems) => WithoutAkka(root, problems, out akka));
        return read.Sweeps with { Akka = akka };
    }

    /// <summary>
    /// What the file says without the section of Akka, and without options that stand where they stood before there were sections.
    /// </summary>
    private static HoconObject WithoutAkka(HoconObject root, List<Problem> problems, out string akka)
    {
        akka = "";
        var rest = new OrderedDictionary<string, HoconField>(root.Fields);
        if (rest.Remove(Akka, out var section))
        {
            if (section.Value is HoconObject { Fields.Count: > 0 } tree) akka = Json(tree, section, problems);
            else if (section.Value is not HoconObject)
                problems.Add(
                    new Problem(
                        section.Value.Origin, Akka,
                        $"{Akka} is {section.Value.Show()} ({section.Value.Kind}): expected a section {{ ... }}"));
        }
        foreach (var option in OptionSchema.Of(typeof(NodeOptions)))
        {
            if (!rest.Remove(option.Key, out var flat)) continue;
            problems.Add(new Problem(
                flat.KeyOrigin, option.Key,
                $"{option.Key} stands outside of a section: the options of a node stand in sweeps {{ ... }} now; write "
                    + $"sweeps.{option.Key}"));
        }
        return root with { Fields = rest };
    }

    private static string Json(HoconObject tree, HoconField section, List<Problem> problems)
    {
        var json = new StringBuilder();
        tree.Write(json, MostAkkaCharacters);
        if (json.Length <= MostAkkaCharacters) return json.ToString();
        problems.Add(
            new Problem(
                section.KeyOrigin, Akka, $"{Akka} has more than {MostAkkaCharacters} characters, spelled out: expected at most so many"));
        return "";
    }

    /// <summary>The sections that are read into options.</summary>
    private sealed record Sections
    {
        public NodeOptions Sweeps { get; init; } = new();
    }
}
