using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Sweeps.Architecture.Tests;

/// <summary>What the code of an assembly uses, read from its compiled form.</summary>
internal static class Dependencies
{
    /// <summary>The assemblies that <paramref name="assembly"/> uses anything of.</summary>
    public static IReadOnlyList<string> Assemblies(System.Reflection.Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        return [.. module.AssemblyReferences.Select(reference => reference.Name)];
    }

    /// <summary>
    /// Pairs of types of <paramref name="assembly"/> of which the first uses the second, each pair once; a nested type counts as the one
    /// around it.
    /// </summary>
    public static IReadOnlyCollection<(TypeName From, TypeName To)> Types(System.Reflection.Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        var pairs = new HashSet<(TypeName, TypeName)>();
        foreach (var type in module.GetTypes())
        {
            var from = NameOf(type);
            foreach (var to in Used(type).SelectMany(Parts).Where(to => to.Scope == module).Select(NameOf))
                if (to != from) pairs.Add((from, to));
        }
        return pairs;
    }

    private static IEnumerable<TypeReference> Used(TypeDefinition type) =>
    [
        .. type.BaseType is { } parent ? [parent] : Array.Empty<TypeReference>(),
        .. type.Interfaces.Select(i => i.InterfaceType),
        .. type.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType),
        .. type.Fields.Select(f => f.FieldType),
        .. type.Properties.Select(p => p.PropertyType),
        .. type.CustomAttributes.Concat(type.Properties.SelectMany(p => p.CustomAttributes)).Select(a => a.AttributeType),
        .. type.Methods.SelectMany(Used),
    ];

    private static IEnumerable<TypeReference> Used(MethodDefinition method)
    {
        foreach (var type in Signature(method)) yield return type;
        if (!method.HasBody) yield break;
        foreach (var local in method.Body.Variables) yield return local.VariableType;
        foreach (var caught in method.Body.ExceptionHandlers.Where(h => h.CatchType is not null)) yield return caught.CatchType;
        foreach (var type in method.Body.Instructions.SelectMany(Used)) yield return type;
    }

    private static IEnumerable<TypeReference> Used(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [.. method.GenericArguments, method.DeclaringType, .. Signature(method)],
        MethodReference method => [method.DeclaringType, .. Signature(method)],
        _ => [],
    };

    private static IEnumerable<TypeReference> Signature(MethodReference method) =>
        [method.ReturnType, .. method.Parameters.Select(p => p.ParameterType)];

    // List<X[]> is List, X.
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        GenericParameter => [],
        TypeSpecification { ElementType: { } element } => Parts(element),
        _ => [type],
    };

    private static TypeName NameOf(TypeReference type) =>
        type.DeclaringType is { } around ? NameOf(around) : new TypeName(type.Namespace, type.Name);
}
